# Every library elbo is built with; scripts/dependencies installs the Debian packages that hold them.
find_package(OpenMP REQUIRED COMPONENTS CXX)
find_package(Threads REQUIRED)
find_package(dnnl REQUIRED)             # libdnnl-dev: matrix products
find_package(Eigen3 REQUIRED NO_MODULE) # libeigen3-dev: headers alone; small dense factorisations
find_package(hwy REQUIRED)              # libhwy-dev: vector mathematics with run-time dispatch
find_package(fmt REQUIRED)              # libfmt-dev
find_package(nlohmann_json REQUIRED)    # nlohmann-json3-dev
find_package(PNG REQUIRED)              # libpng-dev
find_package(ZLIB REQUIRED)             # zlib1g-dev
find_path(XXHASH_INCLUDE_DIR xxhash.h REQUIRED)  # libxxhash-dev: headers alone
find_package(CLI11 REQUIRED)            # libcli11-dev
find_package(tomlplusplus REQUIRED)     # libtomlplusplus-dev
