# Language level, warnings, sanitizers and build speed, for every target of the project.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)

add_library(elbo_flags INTERFACE)
target_compile_options(elbo_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # GCC 12 sees overlaps in std::string concatenation that are not there (its bug 105651).
  target_compile_options(elbo_flags INTERFACE -Wno-restrict)
endif()
# A missing designated initializer keeps its documented default, which is what option structs are for.
target_compile_options(elbo_flags INTERFACE -Wno-missing-field-initializers)
if(ELBO_WERROR)
  target_compile_options(elbo_flags INTERFACE -Werror)
endif()
# Results must not depend on what the optimizer may contract: every fused multiply-add is written as one.
target_compile_options(elbo_flags INTERFACE -ffp-contract=off)
if(ELBO_SANITIZE)
  target_compile_options(elbo_flags INTERFACE -fsanitize=${ELBO_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(elbo_flags INTERFACE -fsanitize=${ELBO_SANITIZE})
endif()

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # What ccache asks for before it keeps objects that were made with precompiled headers.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE_PROGRAM})
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
endif()
find_program(MOLD_PROGRAM mold)
if(MOLD_PROGRAM)
  add_link_options(-fuse-ld=mold)
endif()
