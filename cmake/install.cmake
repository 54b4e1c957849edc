# "cmake --install" puts the program, the library, its headers and a package that find_package(elbo) finds in place.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(layers settings engine io nn prob data report flows models train eval run studies)
set(targets elbo)
foreach(layer IN LISTS layers)
  if(TARGET elbo_${layer})
    list(APPEND targets elbo_${layer})
  endif()
endforeach()
install(TARGETS ${targets} EXPORT elbo-targets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
if(TARGET elbo_program)
  install(TARGETS elbo_program RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
foreach(layer IN LISTS layers)
  install(DIRECTORY elbo/${layer} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/elbo
          FILES_MATCHING PATTERN "*.h" PATTERN "*_internal.h" EXCLUDE PATTERN "*-inl.h" EXCLUDE)
endforeach()
install(FILES elbo/elbo.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/elbo)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/elbo)
install(EXPORT elbo-targets NAMESPACE elbo:: DESTINATION ${package_dir})
configure_package_config_file(cmake/elbo-config.cmake.in ${CMAKE_BINARY_DIR}/elbo-config.cmake
                              INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${CMAKE_BINARY_DIR}/elbo-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/elbo-config.cmake ${CMAKE_BINARY_DIR}/elbo-config-version.cmake
        DESTINATION ${package_dir})
