#include "cli/commands/trust.hpp"

#include "cli/commands/tables.hpp"
#include "cli/output.hpp"
#include "cli/values.hpp"
#include "engine/trust.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace skiff::cli {
namespace {

using Json = nlohmann::ordered_json;

void finish_set(const Invocation&, TrustSetArgs& args)
{
    constexpr std::string_view choices[] = {"accept", "insecureAcceptAnything", "reject", "signedBy", "sigstoreSigned"};
    if (std::ranges::find(choices, args.type) == std::end(choices))
        throw usage_error(cat("invalid choice: ", printable(args.type),
                              " (choose from 'accept', 'reject', 'signedBy', 'sigstoreSigned')"));
    if (args.type == "signedBy" || args.type == "sigstoreSigned")
        throw Error{ErrorKind::Usage, cat("type ", args.type, ": skiff cannot check signatures, and would refuse the images")}
            .with_hint("use --type accept or --type reject");
}

int show(const Invocation&, TrustShowArgs& args)
{
    const std::string file = engine::trust_file(args.policy);
    if (args.raw) {
        print(engine::load_trust(file) + "\n");
        return 0;
    }
    Json rows = Json::array();
    Json documents = Json::array();
    for (const registry::TrustRule& rule : engine::list_trust(file)) {
        if (!args.scopes.empty() && args.scopes.front() != rule.repository)
            continue;
        rows.push_back({{"Transport", rule.transport}, {"RepoName", rule.repository}, {"Type", rule.type},
                        {"GPGId", rule.keys}, {"SignatureStore", ""}});
        Json document{{"transport", rule.transport}, {"name", rule.name}, {"repo_name", rule.repository}};
        if (!rule.keys.empty())
            document["keys"] = Json::array({rule.keys});
        document["type"] = rule.type;
        documents.push_back(std::move(document));
    }
    const Listing listing{"show", {"images.imageReporter"},
                          "{{.Transport}}\t{{.RepoName}}\t{{.Type}}\t{{.GPGId}}\t{{.SignatureStore}}",
                          R"({"RepoName": "NAME", "GPGId": "ID", "SignatureStore": "STORE"})"};
    print_list(listing, args.json ? "json" : "", args.no_heading, rows, documents);
    return 0;
}

int set(const Invocation&, TrustSetArgs& args)
{
    engine::set_trust(args.scopes.front(), args.type, args.policy);
    return 0;
}

constexpr Option show_options[] = {
    option<&TrustShowArgs::json>("json", 'j', "", "As JSON"),
    option<&TrustShowArgs::no_heading>("noheading", 'n', "", "No heading"),
    option<&TrustShowArgs::raw>("raw", 0, "", "The file as it is"),
    option<&TrustShowArgs::policy>("signature-policy", 0, "FILE", "This policy.json instead of the one in force")
        .completes(Completes::Files),
};

constexpr Option set_options[] = {
    refused("pubkeysfile", 'f', "FILE", "skiff cannot check signatures").many(),
    option<&TrustSetArgs::policy>("signature-policy", 0, "FILE",
                                  "Change this file instead of ~/.config/containers/policy.json")
        .completes(Completes::Files),
    option<&TrustSetArgs::type>("type", 't', "TYPE", "accept or reject; kinds of signatures are refused")
        .suggests("accept, reject")
        .defaults("signedBy"),
};

constexpr Command commands[] = {
    {
        .paths = {"image trust show"},
        .summary = "Show which images may be used",
        .description = "Shows the rules of policy.json, all of them or those for REGISTRY.",
        .examples = "image trust show\nimage trust show --json\nimage trust show docker.io",
        .operands = operands<&TrustShowArgs::scopes>("[REGISTRY]", 0, 1),
        .options = show_options,
        .body = body<TrustShowArgs, show>,
    },
    {
        .paths = {"image trust set"},
        .summary = "Say whether images may be used",
        .description = "Sets the rule for the images of a registry, perhaps only below a path of it, or the default.",
        .examples = "image trust set --type reject default\nimage trust set --type accept quay.io/team",
        .operands = operands<&TrustSetArgs::scopes>("REGISTRY", 1, 1),
        .options = set_options,
        .body = body<TrustSetArgs, set, finish_set>,
    },
};

} // namespace

const std::span<const Command> trust_commands{commands};

} // namespace skiff::cli
