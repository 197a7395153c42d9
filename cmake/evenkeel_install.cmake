# SPDX-License-Identifier: Apache-2.0
# Installs the layers as components of one package: find_package(evenkeel COMPONENTS fill). Each layer is an export set of its own, so that
# a consumer of `fill` needs nothing that only `io` links.
include(CMakePackageConfigHelpers)

# CMake target -> the package that a consumer has to find before a static layer that links it.
set(EVENKEEL_PACKAGE_OF_fmt fmt)
set(EVENKEEL_PACKAGE_OF_nlohmann_json nlohmann_json)
set(EVENKEEL_PACKAGE_OF_Eigen3 Eigen3)
set(EVENKEEL_PACKAGE_OF_hwy hwy)
set(EVENKEEL_PACKAGE_OF_CLI11 CLI11)
set(EVENKEEL_PACKAGE_OF_tomlplusplus tomlplusplus)
set(EVENKEEL_PACKAGE_OF_Threads Threads)
set(EVENKEEL_PACKAGE_OF_ZLIB ZLIB)

# The packages behind the libraries that a layer links privately: they reach a consumer's link line as LINK_ONLY.
function(evenkeel_find_packages_of target out)
  set(packages)
  get_target_property(libraries ${target} INTERFACE_LINK_LIBRARIES)
  if(libraries)
    string(REGEX REPLACE "\\$<BUILD_INTERFACE:[^>]*>" "" libraries "${libraries}")  # stays in this build
    string(REGEX MATCHALL "[A-Za-z0-9_]+::[A-Za-z0-9_-]+" imported "${libraries}")
    foreach(library IN LISTS imported)
      string(REGEX REPLACE "::.*" "" space "${library}")
      if(NOT space STREQUAL "evenkeel")
        if(NOT DEFINED EVENKEEL_PACKAGE_OF_${space})
          message(FATAL_ERROR "${target} links ${library}: name its package in cmake/evenkeel_install.cmake, for the installed config")
        endif()
        list(APPEND packages ${EVENKEEL_PACKAGE_OF_${space}})
      endif()
    endforeach()
    list(REMOVE_DUPLICATES packages)
  endif()
  set(${out} "${packages}" PARENT_SCOPE)
endfunction()

function(evenkeel_install_package)
  set(folder "${CMAKE_INSTALL_LIBDIR}/cmake/evenkeel")
  get_property(components GLOBAL PROPERTY EVENKEEL_COMPONENTS)
  set(table "")
  foreach(name IN LISTS components)
    install(TARGETS evenkeel_${name} EXPORT evenkeel_${name}_targets FILE_SET HEADERS)
    install(EXPORT evenkeel_${name}_targets NAMESPACE evenkeel:: FILE evenkeel-${name}-targets.cmake DESTINATION "${folder}")
    get_property(uses GLOBAL PROPERTY EVENKEEL_USES_${name})
    evenkeel_find_packages_of(evenkeel_${name} packages)
    string(APPEND table "set(_evenkeel_uses_${name} ${uses})\nset(_evenkeel_packages_${name} ${packages})\n")
  endforeach()
  set(EVENKEEL_COMPONENT_TABLE "set(_evenkeel_components ${components})\n${table}")
  configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/evenkeel-config.cmake.in" "${PROJECT_BINARY_DIR}/evenkeel-config.cmake"
    INSTALL_DESTINATION "${folder}")
  # Before 1.0 a minor version may break.
  write_basic_package_version_file("${PROJECT_BINARY_DIR}/evenkeel-config-version.cmake" COMPATIBILITY SameMinorVersion)
  install(FILES "${PROJECT_BINARY_DIR}/evenkeel-config.cmake" "${PROJECT_BINARY_DIR}/evenkeel-config-version.cmake" DESTINATION "${folder}")
  install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DOCDIR}")
endfunction()
