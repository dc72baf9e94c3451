# The dashboard and the talk page, built by Vite, compressed and compiled in: repartee_web_files is an object
# library of their bytes and of the table that names them (repartee/web/assets.h reads it).
# The set-up is cached: a build that finds it touches no network.
file(GLOB_RECURSE _web_sources CONFIGURE_DEPENDS
  ${CMAKE_SOURCE_DIR}/web/src/* ${CMAKE_SOURCE_DIR}/web/talk/* ${CMAKE_SOURCE_DIR}/web/public/*)
file(GLOB _web_files CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/web/*.html ${CMAKE_SOURCE_DIR}/web/*.json ${CMAKE_SOURCE_DIR}/web/*.ts)
list(FILTER _web_sources EXCLUDE REGEX "\\.test\\.tsx?$")
set(_web_out ${CMAKE_BINARY_DIR}/web)

add_custom_command(
  OUTPUT ${_web_out}/assets.S ${_web_out}/assets_table.cc
  COMMAND ${CMAKE_SOURCE_DIR}/tools/build_web.sh ${_web_out}
  DEPENDS ${_web_sources} ${_web_files} ${CMAKE_SOURCE_DIR}/web/build/embed.mjs ${CMAKE_SOURCE_DIR}/tools/build_web.sh
    ${CMAKE_SOURCE_DIR}/web/.npmrc
  COMMENT "Building the dashboard"
  VERBATIM)
add_library(repartee_web_files OBJECT ${_web_out}/assets.S ${_web_out}/assets_table.cc)
target_link_libraries(repartee_web_files PRIVATE repartee_flags)
