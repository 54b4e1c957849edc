#include "elbo/train/interrupt.h"

#include <array>
#include <signal.h>
#include <unistd.h>

namespace elbo::train {

namespace {

constexpr std::array<int, 3> kSignals = {SIGINT, SIGTERM, SIGHUP};
volatile sig_atomic_t received = 0;
std::array<struct sigaction, 3> previous;
int guards = 0;

void note(int number) {
  if (received != 0 && number == SIGINT) _exit(128 + SIGINT);
  received = number;
}

}  // namespace

InterruptGuard::InterruptGuard() {
  if (guards++ > 0) return;
  received = 0;
  struct sigaction action {};
  action.sa_handler = note;
  sigemptyset(&action.sa_mask);
  for (size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], &action, &previous[i]);
}

InterruptGuard::~InterruptGuard() {
  if (--guards > 0) return;
  for (size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], &previous[i], nullptr);
}

int InterruptGuard::signal() {
  return received;
}

}  // namespace elbo::train
