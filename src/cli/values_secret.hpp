#pragma once

#include "model/create_request.hpp"

#include <string_view>

namespace skiff::cli {

/// --secret NAME[,type=mount|env][,target=T][,uid=N][,gid=N][,mode=OCTAL], or with source=NAME anywhere.
///
/// Errors: `type X is invalid: parsing secret`, `option a=b invalid: parsing secret`, `option x must be in form
/// option=value: parsing secret`, `UID, GID, Mode options cannot be set with secret type env: parsing secret`.
SecretRequest read_secret(std::string_view text);

} // namespace skiff::cli
