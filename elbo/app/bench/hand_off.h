// How near two cores are to each other: what one thread has written takes some 25 ns to be seen by another on the same
// core, some 60 in a cache they share, and hundreds where they share none.  On virtual machines that changes by the
// minute, and with it what a second thread is worth.
#pragma once

namespace elbo::app::bench {

// Nanoseconds from a write by one thread to another's reading it, the mean of some thousand exchanges in at most some
// milliseconds.
double hand_off_ns();

}  // namespace elbo::app::bench
