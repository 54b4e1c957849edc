// The process before its first word: what it inherits is made harmless.
#pragma once

namespace elbo::app {

// Descriptors 0 to 2 that are closed are opened on /dev/null, so that no file of a run gets their numbers and what is
// meant for a screen; writing to them still fails.  A file that grows past its limit (ulimit -f) is an error of the
// write, not a signal that ends the program; memory that is refused is told with the limit that stood in the way.
void prepare_process();

}  // namespace elbo::app
