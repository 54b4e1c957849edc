#include "elbo/app/config/process.h"

#include <csignal>
#include <fcntl.h>
#include <unistd.h>

#include "elbo/engine/memory_limit.h"

namespace elbo::app {

void prepare_process() {
  for (int descriptor = 0; descriptor <= 2; ++descriptor) {
    if (::fcntl(descriptor, F_GETFD) >= 0) continue;
    // The lowest number that is free, which is this one.  The other way round, so that output is not lost in silence.
    [[maybe_unused]] const int opened = ::open("/dev/null", descriptor == 0 ? O_WRONLY : O_RDONLY);
  }
  std::signal(SIGXFSZ, SIG_IGN);
  name_memory_limits();
}

}  // namespace elbo::app
