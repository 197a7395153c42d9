# SPDX-License-Identifier: Apache-2.0
# evenkeel_layer(name HEADERS ... SOURCES ... USES ...): one static library per layer, evenkeel::<name>.
# USES names the layers it may include; tests/architecture holds every #include against it.
function(evenkeel_layer name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "HEADERS;SOURCES;USES")
  set(target evenkeel_${name})
  add_library(${target} STATIC)
  add_library(evenkeel::${name} ALIAS ${target})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name} POSITION_INDEPENDENT_CODE ON
    CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON CXX_EXTENSIONS OFF
    VERIFY_INTERFACE_HEADER_SETS ON)
  target_compile_features(${target} PUBLIC cxx_std_20)
  list(TRANSFORM arg_HEADERS PREPEND "${PROJECT_SOURCE_DIR}/include/evenkeel/")
  target_sources(${target} PRIVATE ${arg_SOURCES}
    PUBLIC FILE_SET HEADERS BASE_DIRS "${PROJECT_SOURCE_DIR}/include" FILES ${arg_HEADERS})
  target_include_directories(${target} PRIVATE "${PROJECT_SOURCE_DIR}/src")
  target_compile_options(${target} PRIVATE -ffp-contract=off)
  evenkeel_warnings(${target})
  foreach(used IN LISTS arg_USES)
    target_link_libraries(${target} PUBLIC evenkeel_${used})
  endforeach()
  set_property(GLOBAL APPEND PROPERTY EVENKEEL_COMPONENTS ${name})
  set_property(GLOBAL PROPERTY EVENKEEL_USES_${name} "${arg_USES}")
endfunction()

# Warnings and sanitizers are for this project's own build, never exported to a consumer.
function(evenkeel_warnings target)
  if(NOT PROJECT_IS_TOP_LEVEL)
    return()
  endif()
  # Designated initialisers leave out what has a default: no warning for that.
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion
    -Wno-missing-field-initializers)
  if(EVENKEEL_SANITIZE)
    set(flags -fsanitize=${EVENKEEL_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
    target_compile_options(${target} PUBLIC "$<BUILD_INTERFACE:${flags}>")
    target_link_options(${target} PUBLIC "$<BUILD_INTERFACE:-fsanitize=${EVENKEEL_SANITIZE}>")
  endif()
endfunction()
