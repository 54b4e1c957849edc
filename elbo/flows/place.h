// A place of a configuration in which a flow stands, or a chain of different ones.
//
//   flow_part({.key = "flow", .value = "none", .meaning = "flow of the prior", .optional = true})
//
//   [prior.flow]                    or    [[prior.flow]]                 or    flow = ["actnorm", "lu-linear", "maf"]
//   name = "nsf-coupling"                 name = "actnorm"
//   bins = 16                             [[prior.flow]]
//                                         name = "maf"
//                                         inverted = true
//
//   const std::span<const Settings> parts = settings.parts("flow");        // empty where the place is
//   const prob::AnyTransform flow = make_flow({.scope = scope / "flow", .dim = 20}, parts, Turn::kInverse);
//
// A chain is listed from base to data.  Its elements have their parameters under "0", "1", ...; one flow alone has its
// own at the place's.
#pragma once

#include <optional>
#include <span>

#include "elbo/flows/registry.h"

namespace elbo::flows {

// Adds the rows, those that fit where that is given, and what the place itself reads: inverted.
Part flow_part(Part part, bool (*fits)(const FlowFamily&) = nullptr);

// Which direction a place needs; a family that is fast only the other way is turned round there, each element of a
// chain on its own.
enum class Turn : uint8_t {
  kNone,     // as the family has it
  kForward,  // base to data: what is trained by its own draws, as posteriors are
  kInverse,  // data to base: what is the density of given rows, as priors are
};

// What stands in such a part: one or several.  `onto`: what the data must be, where the place asks for something.
// Throws ConfigError, about the element that is wrong, where the first does not take all reals, one does not take what
// the one before it gives, the last does not give what is asked for, or none of them can read the context that there
// is.
prob::AnyTransform make_flow(const FlowSite& site, std::span<const Settings> parts, Turn turn = Turn::kNone,
                             std::optional<Support> onto = {});

}  // namespace elbo::flows
