#include "elbo/train/interrupt.h"

#include <array>
#include <cstddef>
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

// A stack of the handler's own.  oneDNN's kernels keep values below the stack pointer, where the frame of a handler on
// the thread's stack would overwrite them: the product then wrote anywhere.
void use_own_stack() {
  static std::array<std::byte, 64 * 1024> memory;
  stack_t stack{};
  stack.ss_sp = memory.data();
  stack.ss_size = memory.size();
  sigaltstack(&stack, nullptr);
}

}  // namespace

InterruptGuard::InterruptGuard() {
  if (guards++ > 0) return;
  received = 0;
  use_own_stack();
  struct sigaction action {};
  action.sa_handler = note;
  action.sa_flags = SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  for (size_t i = 0; i < kSignals.size(); ++i) {
    sigaction(kSignals[i], nullptr, &previous[i]);
    if (previous[i].sa_handler != SIG_IGN) sigaction(kSignals[i], &action, nullptr);
  }
}

InterruptGuard::~InterruptGuard() {
  if (--guards > 0) return;
  for (size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], &previous[i], nullptr);
}

int InterruptGuard::signal() {
  return received;
}

void stop_if_interrupted() {
  if (const int signal = InterruptGuard::signal(); signal != 0) throw Interrupted{signal};
}

}  // namespace elbo::train
