#include "cli/compose/build_words.hpp"

#include "cli/commands/build.hpp"
#include "cli/run_words.hpp"
#include "frontends/compose/labels.hpp"
#include "frontends/compose/paths.hpp"
#include "text/address.hpp"

#include <algorithm>
#include <unistd.h>

namespace skiff::cli {
namespace {

using compose::Node;

class Words
{
  public:
    Words(const compose::Project& project, const compose::Service& service, const BuildChanges& changes)
        : project_{project}, service_{service}, build_{*service.node.find("build")}, changes_{changes}
    {
    }

    std::vector<std::string> make()
    {
        words_ = {"build", "--tag", service_.image};
        add_list("tags", "tag");
        add_file();
        add_pairs("args", "build-arg");
        for (const std::string& argument : changes_.arguments)
            words_.push_back(cat("--build-arg=", argument));
        add_pairs("labels", "label");
        for (const auto& [name, value] : {std::pair{compose::labels::project, project_.name}, std::pair{compose::labels::service, service_.name}})
            words_.push_back(cat("--label=", name, "=", value));
        add_text("target", "target");
        add_text("network", "network");
        add_text("shm_size", "shm-size");
        if (build_.flag_of("no_cache") || changes_.no_cache)
            words_.emplace_back("--no-cache");
        if (build_.flag_of("pull") || changes_.pull)
            words_.emplace_back("--pull=always");
        if (changes_.check)
            words_.emplace_back("--check");
        if (!changes_.memory.empty())
            words_.push_back(cat("--memory=", changes_.memory));
        add_further();
        if (const std::string platform = service_.node.text_of("platform"); !platform.empty())
            words_.push_back(cat("--platform=", platform));
        words_.push_back(build_.text_of("context"));
        return std::move(words_);
    }

  private:
    void add_text(const char* key, const char* option)
    {
        if (const std::string value = build_.text_of(key); !value.empty())
            words_.push_back(cat("--", option, "=", value));
    }
    void add_list(const char* key, const char* option)
    {
        if (const Node* list = build_.find(key); list != nullptr)
            for (const Node& item : list->items)
                words_.push_back(cat("--", option, "=", item.text));
    }
    void add_pairs(const char* key, const char* option)
    {
        if (const Node* pairs = build_.find(key); pairs != nullptr)
            for (const Node::Entry& entry : pairs->entries)
                words_.push_back(cat("--", option, "=", entry.key, "=", entry.value.text));
    }

    void add_file()
    {
        const std::string context = build_.text_of("context");
        const Node* key = build_.find("dockerfile");
        const std::string file = key == nullptr ? "" : key->text;
        if (build_.find("dockerfile_inline") != nullptr)
            words_.emplace_back("--file=-"); // run_build gives it
        else if (!file.empty() && !text::is_remote_address(context)) {
            // What nobody wrote is a wish: where there is no Dockerfile, `build` takes a Containerfile.
            const std::string path = compose::resolve_path(file, context, "");
            if (!key->place.text().empty() || ::access(path.c_str(), F_OK) == 0)
                words_.push_back(cat("--file=", path));
        } else if (!file.empty() && file != "Dockerfile")
            words_.push_back(cat("--file=", file)); // a name in the remote context
    }

    void add_further()
    {
        add_list("cache_from", "cache-from");
        add_list("cache_to", "cache-to");
        add_list("no_cache_filter", "no-cache-filter");
        add_list("ssh", "ssh");
        for (const std::string& key : changes_.ssh)
            words_.push_back(cat("--ssh=", key));
        if (const Node* hosts = build_.find("extra_hosts"); hosts != nullptr)
            for (const Node::Entry& entry : hosts->entries)
                for (const Node& address : entry.value.items)
                    words_.push_back(cat("--add-host=", entry.key, ":", address.text));
        if (const Node* ulimits = build_.find("ulimits"); ulimits != nullptr)
            for (const Node::Entry& entry : ulimits->entries)
                words_.push_back(cat("--ulimit=", entry.key, "=",
                                     entry.value.is_map() ? cat(entry.value.text_of("soft"), ":", entry.value.text_of("hard")) : entry.value.text));
        if (const Node* contexts = build_.find("additional_contexts"); contexts != nullptr)
            for (const Node::Entry& entry : contexts->entries)
                words_.push_back(cat("--build-context=", entry.key, "=", context_of(entry.value.text)));
        add_secrets();
        if (const Node* platforms = build_.find("platforms"); platforms != nullptr && platforms->items.size() > 1)
            throw compose::error_at(platforms->place, cat("services.", service_.name, ".build.platforms: one platform at a time is supported"));
    }

    std::string context_of(const std::string& text) const
    {
        constexpr std::string_view prefix = "service:";
        if (text.starts_with(prefix))
            return cat("container-image://", project_.service(text.substr(prefix.size())).image);
        if (text.find("://") != std::string::npos)
            return text;
        return compose::resolve_path(text, project_.directory, "");
    }

    void add_secrets()
    {
        const Node* references = build_.find("secrets");
        if (references == nullptr)
            return;
        for (const Node& reference : references->items) {
            const std::string source = reference.text_of("source");
            const std::string target = reference.text_of("target");
            const auto secret = std::find_if(project_.secrets.begin(), project_.secrets.end(),
                                             [&](const compose::Resource& one) { return one.key == source; });
            const std::string id = target.empty() ? source : target;
            const std::string file = secret == project_.secrets.end() ? "" : secret->node.text_of("file");
            const std::string variable = secret == project_.secrets.end() ? "" : secret->node.text_of("environment");
            words_.push_back(cat("--secret=id=", id, file.empty() ? ",env=" : ",src=", file.empty() ? variable : file));
        }
    }

    const compose::Project& project_;
    const compose::Service& service_;
    const Node& build_;
    const BuildChanges& changes_;
    std::vector<std::string> words_;
};

} // namespace

std::vector<std::string> make_build_words(const compose::Project& project, const compose::Service& service, const BuildChanges& changes)
{
    return Words{project, service, changes}.make();
}

void run_build(const Invocation& invocation, const compose::Project& project, const compose::Service& service, const BuildChanges& changes)
{
    std::vector<std::string> words = make_build_words(project, service, changes);
    words.insert(words.begin() + 1, "--logfile=/dev/stdout"); // in the order in which it was said; errors stay apart
    const Invocation build = read_words(invocation, words);
    auto args = make_args<BuildArgs>(build);
    if (const Node* text = service.node.find("build")->find("dockerfile_inline"); text != nullptr)
        args.standard_input = build::NamedText{cat("dockerfile_inline of services.", service.name), text->text};
    if (const int code = build_image(build, args); code != 0)
        throw Error{ErrorKind::Failure, cat("service ", service.name, changes.check ? ": checking the build of " : ": building ", service.image, " failed with exit code ", code)};
}

} // namespace skiff::cli
