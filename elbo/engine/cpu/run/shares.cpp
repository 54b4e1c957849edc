#include "elbo/engine/cpu/run/shares.h"

#include <algorithm>

#include "elbo/engine/cpu/run/waiting.h"

namespace elbo::cpu {

namespace {

constexpr int64_t kPatience = 2000;  // pauses a step, some tens of microseconds

int64_t count_parts(const Plan& plan, const Plan::Item& item) {
  return item.chain >= 0 ? plan.chains[static_cast<size_t>(item.chain)].blocks
                         : plan.kernels[static_cast<size_t>(item.kernel)].parts();
}

}  // namespace

Shares::Shares(const Plan& plan, int threads)
    : threads_(threads),
      items_(plan.waves.size() * static_cast<size_t>(threads)),
      taken_(items_.size()),
      waves_(static_cast<size_t>(threads)),
      patience_(static_cast<size_t>(threads)) {
  for (size_t wave = 0; wave < plan.waves.size(); ++wave) {
    const auto& items = plan.waves[wave].items;
    if (plan.waves[wave].serial) {
      if (!items.empty()) items_[index(0, wave)].push_back(0);
      continue;
    }
    std::vector<double> load(static_cast<size_t>(threads), 0);
    for (size_t i = 0; i < items.size(); ++i) {
      const int64_t parts = count_parts(plan, items[i]);
      const auto idle = static_cast<int>(std::min_element(load.begin(), load.end()) - load.begin());
      const int thread = parts >= threads ? static_cast<int>(items[i].part * threads / parts) : idle;
      items_[index(thread, wave)].push_back(static_cast<int>(i));
      load[static_cast<size_t>(thread)] += items[i].cost;
    }
  }
}

void Shares::begin_step() {
  for (Counter& taken : taken_) taken.value.store(0, std::memory_order_relaxed);
  for (Counter& wave : waves_) wave.value.store(-1, std::memory_order_relaxed);
  for (Counter& patience : patience_) patience.value.store(kPatience, std::memory_order_relaxed);
}

int64_t Shares::take_of(int thread, size_t wave) {
  const std::vector<int>& items = items_[index(thread, wave)];
  auto& taken = taken_[index(thread, wave)].value;
  const auto count = static_cast<int64_t>(items.size());
  if (taken.load(std::memory_order_relaxed) >= count) return -1;
  const int64_t next = taken.fetch_add(1, std::memory_order_relaxed);
  return next < count ? items[static_cast<size_t>(next)] : -1;
}

bool Shares::has_come(int thread, size_t wave) const {
  return waves_[static_cast<size_t>(thread)].value.load(std::memory_order_relaxed) >= static_cast<int64_t>(wave);
}

int64_t Shares::take(int thread, size_t wave) {
  const auto own = static_cast<size_t>(thread);
  if (!has_come(thread, wave)) waves_[own].value.store(static_cast<int64_t>(wave), std::memory_order_relaxed);
  if (const int64_t item = take_of(thread, wave); item >= 0) return item;
  auto& patience = patience_[own].value;
  for (int step = 1; step < threads_; ++step) {
    const int other = (thread + step) % threads_;
    const auto left = [&] {
      return taken_[index(other, wave)].value.load(std::memory_order_relaxed) <
             static_cast<int64_t>(items_[index(other, wave)].size());
    };
    int64_t pauses = patience.load(std::memory_order_relaxed);
    for (; pauses > 0 && left() && !has_come(other, wave); --pauses) pause();
    patience.store(pauses, std::memory_order_relaxed);
    if (const int64_t item = take_of(other, wave); item >= 0) return item;
  }
  return -1;
}

}  // namespace elbo::cpu
