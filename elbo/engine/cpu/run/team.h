// Team: the threads that compute, one set for the whole process.
//
// run() lets the calling thread and up to threads - 1 helpers work on one job and returns when it is done.  A job must
// be correct whoever takes part: helpers that the system has put aside are not waited for, unless they are inside the
// job.  So a step on a busy machine loses a helper's share of the work, never a time slice.
//
// Why not OpenMP's threads: libgomp waits at the end of a region without giving its processor away, so that on a busy
// machine a step of 3 ms takes 12.  oneDNN does not need them, since every product is a one-thread call.
#pragma once

#include <functional>

namespace elbo::cpu {

class Team {
 public:
  static Team& shared();

  // Calls job(thread) with thread 0 on the calling thread and 1, 2, ... on helpers.  If another thread is inside
  // run(), the caller works alone.  The job must not throw.
  void run(int threads, const std::function<void(int)>& job);

  ~Team();
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;

 private:
  Team();
  struct State;
  State* state_;
};

}  // namespace elbo::cpu
