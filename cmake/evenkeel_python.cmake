# SPDX-License-Identifier: Apache-2.0
# evenkeel_find_nanobind(): the Python that Python_EXECUTABLE names (else the first on the path) and the nanobind installed in it, so that
# find_package(nanobind) finds that one. Says nothing where there is none: evenkeel_option tells.
macro(evenkeel_find_nanobind)
  if(NOT "${EVENKEEL_BUILD_PYTHON}" STREQUAL "OFF" AND (PROJECT_IS_TOP_LEVEL OR "${EVENKEEL_BUILD_PYTHON}" STREQUAL "ON"))
    find_package(Python 3.10 QUIET COMPONENTS Interpreter Development.Module)
    # nanobind's own file stops the configuration where these are missing.
    set(CMAKE_DISABLE_FIND_PACKAGE_nanobind TRUE)
    if(Python_Interpreter_FOUND AND Python_Development.Module_FOUND)
      execute_process(COMMAND "${Python_EXECUTABLE}" -m nanobind --cmake_dir
        OUTPUT_VARIABLE evenkeel_nanobind_folder OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE evenkeel_nanobind_status)
      if(evenkeel_nanobind_status EQUAL 0)
        set(nanobind_DIR "${evenkeel_nanobind_folder}")
        set(CMAKE_DISABLE_FIND_PACKAGE_nanobind FALSE)
      endif()
    endif()
  endif()
endmacro()
