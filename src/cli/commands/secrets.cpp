#include "cli/commands/secrets.hpp"

#include "base/file.hpp"
#include "cli/commands/tables.hpp"
#include "cli/engine_access.hpp"
#include "cli/front.hpp"
#include "cli/output.hpp"
#include "engine/secrets.hpp"
#include "text/time_format.hpp"

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace skiff::cli {
namespace {

using Json = nlohmann::ordered_json;
using store::Secrets;

void finish_create(const Invocation&, SecretCreateArgs& args)
{
    if (args.ignore && args.replace)
        throw usage_error("cannot use --ignore and --replace flags together");
    for (const std::string& word : args.label_words)
        add_label(args.labels, word);
    for (const std::string& words : args.option_words)
        for (const std::string& word : split_commas(words)) {
            Cut cut = cut_at(word, '=');
            if (!cut.tail)
                throw usage_error(cat(printable(word), " must be formatted as key=value"));
            args.options[cut.head] = std::move(*cut.tail);
        }
}

void finish_remove(const Invocation& invocation, SecretRemoveArgs& args)
{
    if (args.all == !args.names.empty())
        throw usage_error(cat("`", invocation.program, " secret rm` requires one argument, or the --all flag"));
}

/// At most one byte more than a secret may have: whoever keeps it says that this is too much.
std::string read_content(int fd, const std::string& name)
{
    std::string content(Secrets::content_limit_bytes + 1, '\0');
    std::size_t size = 0;
    while (size < content.size()) {
        const ssize_t got = ::read(fd, content.data() + size, content.size() - size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            throw Error{errno, cat("read ", printable(name))};
        if (got == 0)
            break;
        size += static_cast<std::size_t>(got);
    }
    content.resize(size);
    return content;
}

std::string find_content(const SecretCreateArgs& args)
{
    const std::string& source = args.words[1];
    if (args.from_environment) {
        const char* value = std::getenv(source.c_str()); // NOLINT(concurrency-mt-unsafe)
        if (value == nullptr || *value == '\0')
            throw Error{ErrorKind::Failure, cat("cannot create store secret data: environment variable ",
                                                printable(source), " is not set")};
        return value;
    }
    if (source == "-" || source == "/dev/stdin")
        return read_content(STDIN_FILENO, "standard input");
    const UniqueFd file{::open(source.c_str(), O_RDONLY | O_CLOEXEC)};
    if (!file)
        throw Error{errno, cat("open ", printable(source))};
    return read_content(file.get(), source);
}

int create(const Invocation& invocation, SecretCreateArgs& args)
{
    engine::NewSecret secret;
    secret.name = args.words[0];
    secret.content = find_content(args);
    secret.driver = args.driver;
    secret.labels = args.labels;
    secret.options = args.options;
    secret.if_taken = args.replace  ? Secrets::IfTaken::Replace
                      : args.ignore ? Secrets::IfTaken::Keep
                                    : Secrets::IfTaken::Refuse;
    engine::Engine engine{engine_options(invocation)};
    print(engine::create_secret(engine, secret) + "\n");
    return 0;
}

int list(const Invocation& invocation, SecretListArgs& args)
{
    engine::Engine engine{engine_options(invocation)};
    Json rows = Json::array();
    const WallTime now = wall_now();
    for (const store::Secret& secret : engine::list_secrets(engine, args.filters))
        rows.push_back({{"ID", secret.id},
                        {"Name", secret.name},
                        {"CreatedAt", text::human_age(secret.created, now)},
                        {"UpdatedAt", text::human_age(secret.updated, now)},
                        {"Driver", secret.driver}});
    if (args.quiet && args.format.empty()) {
        for (const Json& row : rows)
            print(row["ID"].get<std::string>() + "\n");
        return 0;
    }
    const Listing listing{"list", "entities.SecretListReport",
                          "{{.ID}}\t{{.Name}}\t{{.Driver}}\t{{.CreatedAt}}\t{{.UpdatedAt}}",
                          R"({"CreatedAt": "CREATED", "UpdatedAt": "UPDATED"})"};
    print_list(listing, args.format, args.no_heading, rows, rows);
    return 0;
}

constexpr const char* pretty_form = "ID:              {{.ID}}\n"
                                    "Name:              {{.Spec.Name}}\n"
                                    "{{- if .Spec.Labels }}\n"
                                    "Labels:\n"
                                    "{{- range $k, $v := .Spec.Labels }}\n"
                                    " - {{ $k }}{{if $v }}={{ $v }}{{ end }}\n"
                                    "{{- end }}{{ end }}\n"
                                    "Driver:            {{.Spec.Driver.Name}}\n"
                                    "Created at:        {{.CreatedAt}}\n"
                                    "Updated at:        {{.UpdatedAt}}";

int inspect(const Invocation& invocation, SecretInspectArgs& args)
{
    engine::Engine engine{engine_options(invocation)};
    const Secrets& secrets = engine.store().secrets();
    Json documents = Json::array();
    std::vector<Error> problems;
    for (const std::string& name : args.names) {
        try {
            const store::Secret secret = secrets.resolve(name);
            const auto content = args.show_secret ? std::optional{secrets.load_content(secret)} : std::nullopt;
            documents.push_back(engine::make_secret_document(secret, content));
        } catch (Error& error) {
            error.add_context("inspecting secret");
            problems.push_back(error);
        }
    }
    const std::string format = args.pretty ? pretty_form : args.format.empty() ? "json" : args.format;
    if (format == "json") {
        print(format_document("inspect", "entities.SecretInfoReport", format, documents));
    } else {
        for (Json& document : documents) {
            if (!document.contains("SecretData"))
                document["SecretData"] = ""; // templates may name it; JSON leaves it out
            print(format_document("inspect", "entities.SecretInfoReport", format, document));
        }
    }
    for (const Error& problem : problems)
        print_error(problem);
    return problems.empty() ? 0 : exit_code(problems.back().kind());
}

int remove(const Invocation& invocation, SecretRemoveArgs& args)
{
    engine::Engine engine{engine_options(invocation)};
    if (args.all)
        for (const store::Secret& secret : engine.store().secrets().list())
            args.names.push_back(secret.id);
    int worst = 0;
    for (const std::string& name : args.names) {
        try {
            print(engine::remove_secret(engine, name) + "\n");
        } catch (const Error& error) {
            if (args.ignore && error.kind() == ErrorKind::NotFound)
                continue;
            print_error(error);
            worst = std::max(worst, exit_code(error.kind()));
        }
    }
    return worst;
}

int exists(const Invocation& invocation, SecretNamesArgs& args)
{
    engine::Engine engine{engine_options(invocation)};
    return engine.store().secrets().find(args.names.front()) ? 0 : 1;
}

constexpr Option create_options[] = {
    option<&SecretCreateArgs::driver>("driver", 'd', "DRIVER", "Who keeps the secret")
        .defaults("file")
        .suggests("file"),
    option<&SecretCreateArgs::option_words>("driver-opts", 0, "KEY=VALUE,...", "Options of the driver: kept and shown")
        .many(),
    option<&SecretCreateArgs::from_environment>("env", 0, "",
                                                "The second operand is the name of an environment variable"),
    option<&SecretCreateArgs::ignore>("ignore", 0, "", "An existing secret of that name stays, and is no error"),
    option<&SecretCreateArgs::label_words>("label", 'l', "KEY=VALUE", "Label of the secret").many(),
    option<&SecretCreateArgs::replace>("replace", 0, "", "Take the place of an existing secret of that name"),
};

constexpr Option list_options[] = {
    option<&SecretListArgs::filters, read_filter>("filter", 'f', "KEY=VALUE", "Only those that match: name, id, label"),
    option<&SecretListArgs::format>("format", 0, "FORMAT",
                                    "json, or a Go template, with \"table \" in front for columns"),
    option<&SecretListArgs::no_heading>("noheading", 'n', "", "No heading"),
    option<&SecretListArgs::quiet>("quiet", 'q', "", "Ids only"),
};

constexpr Option inspect_options[] = {
    option<&SecretInspectArgs::format>("format", 'f', "FORMAT", "json, or a Go template"),
    option<&SecretInspectArgs::pretty>("pretty", 0, "", "For people to read"),
    option<&SecretInspectArgs::show_secret>("showsecret", 0, "", "Show the content, too"),
};

constexpr Option remove_options[] = {
    option<&SecretRemoveArgs::all>("all", 'a', "", "All secrets"),
    option<&SecretRemoveArgs::ignore>("ignore", 'i', "", "A missing secret is no error"),
};

constexpr Command commands[] = {
    {
        .paths = {"secret create"},
        .summary = "Create a secret",
        .description =
            "Keeps the content of a file, of standard input (-), or with --env of an environment variable under a "
            "name, and prints the secret's id. Containers get it with run --secret.",
        .examples = "secret create db-password password.txt\nprintf %s \"$PASSWORD\" | skiff secret create db-password "
                    "-\nsecret create --env token GITHUB_TOKEN",
        .operands = operands<&SecretCreateArgs::words>("NAME FILE|-", 2, 2, Completes::Nothing, Completes::Files),
        .options = create_options,
        .needs = Needs::Store,
        .body = body<SecretCreateArgs, create, finish_create>,
    },
    {
        .paths = {"secret ls", "secret list"},
        .summary = "List secrets",
        .examples = "secret ls\nsecret ls --filter name=db --quiet",
        .options = list_options,
        .needs = Needs::Store,
        .body = body<SecretListArgs, list>,
    },
    {
        .paths = {"secret inspect"},
        .summary = "Show all that is known about secrets",
        .description = "Shows all that is known about secrets, but not their content unless that is asked for.",
        .examples = "secret inspect db-password\nsecret inspect --showsecret --format '{{.SecretData}}' db-password",
        .operands = operands<&SecretInspectArgs::names>("SECRET [SECRET...]", 1, Operands::many, Completes::Secrets),
        .options = inspect_options,
        .needs = Needs::Store,
        .body = body<SecretInspectArgs, inspect>,
    },
    {
        .paths = {"secret rm"},
        .summary = "Remove secrets",
        .description = "Removes secrets. Containers that were created with one keep what they have of it.",
        .examples = "secret rm db-password\nsecret rm --all",
        .operands = operands<&SecretRemoveArgs::names>("SECRET [SECRET...]", 0, Operands::many, Completes::Secrets),
        .options = remove_options,
        .needs = Needs::Store,
        .body = body<SecretRemoveArgs, remove, finish_remove>,
    },
    {
        .paths = {"secret exists"},
        .summary = "Check whether a secret exists",
        .description = "Says by its exit code whether a secret exists: 0 yes, 1 no.",
        .examples = "secret exists db-password || skiff secret create db-password password.txt",
        .operands = operands<&SecretNamesArgs::names>("SECRET", 1, 1, Completes::Secrets),
        .needs = Needs::Store,
        .body = body<SecretNamesArgs, exists>,
    },
};

} // namespace

const std::span<const Command> secret_commands{commands};

} // namespace skiff::cli
