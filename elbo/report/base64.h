// Base64 (RFC 4648, with padding), for pictures inside pages and drawings.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace elbo::report {

std::string base64(std::span<const std::byte> bytes);

}  // namespace elbo::report
