#pragma once

#include "cli/command.hpp"
#include "model/create_request.hpp"

namespace skiff::cli {

extern const OptionGroup registry_options;        ///< of PullOptions: credentials, TLS, retries
extern const OptionGroup build_registry_options;  ///< the same, for `build`
extern const OptionGroup registry_access_options; ///< of PullOptions: credentials and TLS alone
extern const OptionGroup platform_options;        ///< of PullOptions: --arch, --os, --variant, --platform
extern const OptionGroup image_choice_options;    ///< of PullOptions: --arch, --os, --variant, --platform, --quiet

/// Errors: `--platform option can not be specified with --arch or --os`.
void check_platform(const Invocation& invocation);

} // namespace skiff::cli
