#pragma once

#include "model/create_request.hpp"

#include <string_view>

/// --pid, --ipc, --uts, --cgroupns, --userns, --uidmap, --gidmap. Containers are named as the user wrote them.
namespace skiff::cli {

/// host, private, container:NAME, ns:PATH. Errors: `unrecognized namespace mode x passed`.
NamespaceChoice read_namespace(std::string_view text);
/// As above, and shareable (which the empty text means, too), none.
NamespaceChoice read_ipc_namespace(std::string_view text);

/// "" or host, private, keep-id[:uid=,gid=,size=], auto[:size=,uidmapping=,gidmapping=], nomap, container:NAME,
/// ns:PATH. Errors: `unknown option specified: "x"`, `unrecognized namespace mode x passed`.
UsernsChoice read_userns(std::string_view text);

/// [flags]CONTAINER:[@]FROM[:AMOUNT]
IdMapRequest read_id_map(std::string_view text);

} // namespace skiff::cli
