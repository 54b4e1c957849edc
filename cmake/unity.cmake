# ELBO_UNITY compiles several sources of a target as one: most of a build is headers, which are then read once for all.
# Same code, same flags.  OFF compiles every file by itself, which also shows an include that is missing.
option(ELBO_UNITY "Compile several sources as one file, for a fast build from scratch" ON)
set(ELBO_UNITY_FILES 12 CACHE STRING "How many sources become one")

function(elbo_unity target)
  if(NOT ELBO_UNITY)
    return()
  endif()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE ${ELBO_UNITY_FILES})
  # A type of one source that has a member of an unnamed namespace: GCC takes it for a header's.
  target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
  foreach(source IN LISTS ARGN)
    # Highway compiles such a file again for each instruction set, by its name.  The headers of toml++ and CLI11 are read
    # in one file each, and what they declare shall not be seen in others.
    file(STRINGS ${source} per_target REGEX "HWY_TARGET_INCLUDE|<toml|<CLI" LIMIT_COUNT 1)
    if(per_target)
      set_source_files_properties(${source} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
    endif()
  endforeach()
endfunction()
