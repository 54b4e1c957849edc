// Interrupts: Ctrl-C and the like as a question a loop can ask.
#pragma once

namespace elbo::train {

// While one lives, SIGINT, SIGTERM and SIGHUP are noted instead of ending the program; a second SIGINT ends it at
// once.  One that was ignored before (nohup) stays ignored.  The previous handlers return when it goes.  A guard within
// another adds nothing: a signal that came before it is still there.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

  // The signal that came, 0 if none.
  static int signal();
};

// For loops that can be left only by an exception, as those of an evaluation.
struct Interrupted {
  int signal = 0;
};
void stop_if_interrupted();  // throws Interrupted when a signal came

}  // namespace elbo::train
