#include "elbo/flows/place.h"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

#include "elbo/flows/chain.h"
#include "elbo/flows/invert.h"

namespace elbo::flows {

namespace {

constexpr const char* kInverted = "inverted";

bool is_inverted(const Settings& part) {
  return part.has(kInverted) && part.flag(kInverted);
}

struct Sides {
  Support base, data;
};

Sides sides_of(const Settings& part) {
  const auto& family = part.row<FlowFamily>();
  if (is_inverted(part)) return {family.data_support, family.base_support};
  return {family.base_support, family.data_support};
}

std::string text_of(Support support) {
  return std::string(name_of(support));
}

void require_matching(std::span<const Settings> parts, std::optional<Support> onto) {
  Support given = Support::kReal;
  for (size_t i = 0; i < parts.size(); ++i) {
    const Sides sides = sides_of(parts[i]);
    if (sides.base != given) {
      const std::string by = i == 0 ? "the base gives" : "\"" + std::string(parts[i - 1].name()) + "\" before it gives";
      parts[i].refuse("takes " + text_of(sides.base) + ", and must take what " + by + ", " + text_of(given));
    }
    given = sides.data;
  }
  if (onto && given != *onto) {
    parts.back().refuse("gives " + text_of(given) + ", and must give " + text_of(*onto) + " here");
  }
}

prob::AnyTransform element(FlowSite site, const Settings& part, Turn turn) {
  const auto& family = part.row<FlowFamily>();
  if (!family.takes_context) site.context_dim = 0;
  prob::AnyTransform flow = family.build(site, part);
  if (turn == Turn::kForward) flow = fast_forward(std::move(flow));
  if (turn == Turn::kInverse) flow = fast_inverse(std::move(flow));
  if (is_inverted(part)) return Invert(std::move(flow));
  return flow;
}

}  // namespace

Part flow_part(Part part, bool (*fits)(const FlowFamily&)) {
  part.rows = flow_families().view(fits);
  part.chain = true;
  part.place.push_back(Flag{.key = kInverted,
                            .meaning = "run it the other way round than this place would: what was base to data is "
                                       "data to base"});
  return part;
}

prob::AnyTransform make_flow(const FlowSite& site, std::span<const Settings> parts, Turn turn,
                             std::optional<Support> onto) {
  if (parts.empty()) throw std::logic_error("flow at " + site.scope.path() + ": nothing stands there");
  require_matching(parts, onto);
  const auto reads_context = [](const Settings& part) { return part.row<FlowFamily>().takes_context; };
  if (site.context_dim > 0 && std::none_of(parts.begin(), parts.end(), reads_context)) {
    parts.front().refuse("its parameters cannot be computed from a context, and here they must be");
  }
  if (parts.size() == 1) return element(site, parts.front(), turn);
  std::vector<prob::AnyTransform> elements;
  for (size_t i = 0; i < parts.size(); ++i) {
    FlowSite own = site;
    own.scope = site.scope / std::to_string(i);
    elements.push_back(element(own, parts[i], turn));
  }
  return Chain(std::move(elements));
}

}  // namespace elbo::flows
