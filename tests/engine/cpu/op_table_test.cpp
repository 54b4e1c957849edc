// The table of operations as the CPU runs them: complete, each once, and with kernels that exist.
#include "elbo/engine/cpu/op_table.h"

#include <gtest/gtest.h>
#include <set>
#include <stdexcept>
#include <string>

#include "elbo/engine/cpu/kernels/partial_products.h"
#include "elbo/engine/cpu/kernels/tile_kernels.h"

namespace elbo::cpu {
namespace {

TEST(OpTable, HasARowForEveryOperationAndNoOther) {
  std::set<const OpDef*> known(all_ops().begin(), all_ops().end());
  known.insert(&kPartialProducts);
  std::set<const OpDef*> listed;
  for (const OpOnCpu& row : all_on_cpu()) {
    EXPECT_EQ(known.count(row.op), 1u) << row.op->name;
    EXPECT_TRUE(listed.insert(row.op).second) << row.op->name << " is listed twice";
    EXPECT_EQ(&on_cpu(*row.op), &row);
  }
  for (const OpDef* op : known) EXPECT_EQ(listed.count(op), 1u) << op->name << " has no row";
}

TEST(OpTable, RowsAreComplete) {
  for (const OpOnCpu& row : all_on_cpu()) {
    const std::string name(row.op->name);
    EXPECT_NE(row.describe, nullptr) << name;
    EXPECT_EQ(row.row_kernel != nullptr, row.op->kind == OpKind::kRows) << name;
    if (row.general != nullptr) {
      EXPECT_NE(row.general->run, nullptr) << name;
    }
    if (row.kernel.empty()) continue;
    EXPECT_NE(elementwise_kernel(row.kernel), nullptr) << name;
    EXPECT_NE(row.emit, nullptr) << name;
  }
  for (const OpDef* op : all_ops()) {
    if (op->kind == OpKind::kElementwise) {
      EXPECT_EQ(on_cpu(*op).kernel, op->name);
    }
  }
}

TEST(OpTable, RefusesAnOperationThatItDoesNotKnow) {
  const OpDef unknown{.name = "unknown"};
  EXPECT_THROW(on_cpu(unknown), std::logic_error);
}

}  // namespace
}  // namespace elbo::cpu
