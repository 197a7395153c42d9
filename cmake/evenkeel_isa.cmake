# SPDX-License-Identifier: Apache-2.0
# evenkeel_isa(source flags...): compiles one kernel unit for one instruction set; no other file gets such flags.
function(evenkeel_isa source)
  set_property(SOURCE ${source} APPEND PROPERTY COMPILE_OPTIONS ${ARGN})
endfunction()
