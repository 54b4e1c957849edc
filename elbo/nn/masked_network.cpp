#include "elbo/nn/masked_network.h"

#include "elbo/nn/made.h"

namespace elbo::nn {

const Registry<MaskedNetworkRow>& masked_networks() {
  static const Registry<MaskedNetworkRow> all("masked network", {&kMadeNetwork});
  return all;
}

MaskedNetwork make_masked_network(const MaskedNetworkSite& site, const Settings& part) {
  return part.row<MaskedNetworkRow>().make(site, part);
}

MakeMaskedNetwork masked_network_of(const Settings& part) {
  return [part](const MaskedNetworkSite& site) { return make_masked_network(site, part); };
}

}  // namespace elbo::nn
