# repartee_room(NAME SOURCES a.cc ... DEPS room ... LIBS lib ... PRIVATE_LIBS lib ... TESTS a_test.cc ... TEST_DEPS room ...)
#
# One folder is one room: a static library repartee_NAME of its sources, and one test program
# repartee_NAME_test of its tests. DEPS names other rooms, LIBS outside libraries.
function(repartee_room name)
  cmake_parse_arguments(ROOM "" "" "SOURCES;DEPS;LIBS;PRIVATE_LIBS;TESTS;TEST_DEPS" ${ARGN})
  set(target repartee_${name})
  add_library(${target} STATIC ${ROOM_SOURCES})
  list(TRANSFORM ROOM_DEPS PREPEND repartee_)
  target_link_libraries(${target} PUBLIC repartee_flags ${ROOM_DEPS} ${ROOM_LIBS} PRIVATE ${ROOM_PRIVATE_LIBS})
  if(REPARTEE_TESTS AND ROOM_TESTS)
    list(TRANSFORM ROOM_TEST_DEPS PREPEND repartee_)
    repartee_test(${target}_test SOURCES ${ROOM_TESTS} LIBS ${target} ${ROOM_TEST_DEPS})
  endif()
endfunction()

# repartee_test(NAME SOURCES ... LIBS ...): a GoogleTest program, registered with ctest as one test.
function(repartee_test name)
  cmake_parse_arguments(TEST "" "" "SOURCES;LIBS" ${ARGN})
  add_executable(${name} ${TEST_SOURCES})
  target_link_libraries(${name} PRIVATE repartee_flags ${TEST_LIBS} GTest::gmock GTest::gtest_main)
  # Half of what a build takes is optimizing assertions that run once.
  target_compile_options(${name} PRIVATE -O0)
  target_compile_definitions(${name} PRIVATE REPARTEE_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  add_test(NAME ${name} COMMAND ${name} --gtest_output=xml:${CMAKE_BINARY_DIR}/results/${name}.xml)
  set_tests_properties(${name} PROPERTIES LABELS unit TIMEOUT 300)
endfunction()

# repartee_fuzzer(NAME SOURCES ... LIBS ...): a libFuzzer program; nothing unless REPARTEE_FUZZ is on.
function(repartee_fuzzer name)
  if(NOT REPARTEE_FUZZ)
    return()
  endif()
  cmake_parse_arguments(FUZZER "" "" "SOURCES;LIBS" ${ARGN})
  add_executable(${name} ${FUZZER_SOURCES})
  target_link_libraries(${name} PRIVATE repartee_flags ${FUZZER_LIBS})
  target_link_options(${name} PRIVATE -fsanitize=fuzzer)
endfunction()
