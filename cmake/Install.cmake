# The tracer and its exporters as a package of their own, for programs that have nothing to do with voice:
# find_package(repartee), then repartee::otel (OTLP over HTTP, console, file) or repartee::otel_grpc.
#
#   cmake --build build/release --target repartee_otel repartee_otel_grpc
#   cmake --install build/release --component otel --prefix DIR
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/repartee)
set(include_dir ${CMAKE_INSTALL_INCLUDEDIR}/repartee)

install(TARGETS repartee_base repartee_net repartee_otel ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT otel)
install(DIRECTORY repartee/base repartee/otel DESTINATION ${include_dir} COMPONENT otel
  FILES_MATCHING PATTERN "*.h" PATTERN "*_for_test.h" EXCLUDE PATTERN "event_loop_asio.h" EXCLUDE PATTERN "grpc" EXCLUDE)
install(FILES repartee/net/http.h repartee/net/http_client.h DESTINATION ${include_dir}/net COMPONENT otel)
if(TARGET repartee_otel_grpc)
  # It may not have been built: then the package is without it.
  install(FILES $<TARGET_FILE:repartee_otel_grpc> DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT otel OPTIONAL)
  install(FILES repartee/otel/grpc/otlp_grpc_exporter.h DESTINATION ${include_dir}/otel/grpc COMPONENT otel)
endif()

configure_package_config_file(cmake/repartee-config.cmake.in ${CMAKE_BINARY_DIR}/package/repartee-config.cmake
  INSTALL_DESTINATION ${package_dir} PATH_VARS CMAKE_INSTALL_INCLUDEDIR CMAKE_INSTALL_LIBDIR)
# Until 1.0 a minor version may change what a program sees.
write_basic_package_version_file(${CMAKE_BINARY_DIR}/package/repartee-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/package/repartee-config.cmake ${CMAKE_BINARY_DIR}/package/repartee-config-version.cmake
  DESTINATION ${package_dir} COMPONENT otel)
