#include "frontends/compose/extends.hpp"

#include "frontends/compose/merge.hpp"
#include "frontends/compose/paths.hpp"
#include "text/suggest.hpp"

#include <algorithm>

namespace skiff::compose {
namespace {

/// What a tree takes in memory, roughly.
std::size_t size_of(const Node& node)
{
    std::size_t size = sizeof node + node.text.size();
    for (const Node& item : node.items)
        size += size_of(item);
    for (const Node::Entry& entry : node.entries)
        size += entry.key.size() + size_of(entry.value);
    return size;
}

/// The services of one file, and what their paths and variables mean.
struct Scope
{
    const Node& services;
    const std::string& file;
    const Part& part;
};

class Extender
{
  public:
    explicit Extender(FileReader& reader) : reader_{reader} {}

    void extend(Node& services, const std::string& file, const Part& part)
    {
        for (const Node::Entry& entry : services.entries)
            if (entry.value.find("extends") != nullptr)
                (void)extended({services, file, part}, entry.key);
        for (Node::Entry& entry : services.entries)
            if (const auto known = made_.find({&services, entry.key}); known != made_.end())
                entry.value = std::move(known->second.service);
    }

  private:
    /// A service with all that it stands on, and how many those are.
    struct Extended
    {
        Node service;
        std::size_t links = 0;
    };

    struct OtherFile
    {
        Node model;
        Part part;
    };

    const Extended& extended(const Scope& scope, const std::string& name)
    {
        const auto [slot, is_new] = made_.try_emplace({&scope.services, name});
        const Node& own = *scope.services.find(name);
        const Node* extends = own.find("extends");
        const std::string link = cat(scope.file, ":", name);
        if (!is_new && std::find(chain_.begin(), chain_.end(), link) != chain_.end())
            throw error_at(extends->place, cat("Circular reference: service ", quoted(name), " extends itself"));
        if (!is_new)
            return slot->second;
        if (extends == nullptr) {
            slot->second.service = own;
            return slot->second;
        }
        chain_.push_back(link);
        const Extended& base = base_of(scope, name, *extends);
        chain_.pop_back();
        slot->second.links = base.links + 1;
        require_links(slot->second.links, *extends, name);
        slot->second.service = put_together(base.service, own, extends->place);
        return slot->second;
    }

    const Extended& base_of(const Scope& scope, const std::string& name, const Node& extends)
    {
        require_links(chain_.size(), extends, name);
        const std::string base_name = extends.text_of("service");
        if (base_name.empty())
            throw error_at(extends.place, cat("services.", name, ".extends needs a service"));
        const std::string base_file = extends.text_of("file");
        if (base_file.empty() || base_file == scope.file) {
            require_base(scope, base_name, name, extends.place);
            return extended(scope, base_name);
        }
        const std::string path = reader_.resolve(base_file, scope.part.directory);
        const OtherFile& other = other_file(path, scope.part, extends.place);
        static const Node none = Node::make_map();
        const Node* services = other.model.find("services");
        const Scope theirs{services == nullptr ? none : *services, path, other.part};
        require_base(theirs, base_name, name, extends.place);
        return extended(theirs, base_name);
    }

    static void require_links(std::size_t links, const Node& extends, const std::string& name)
    {
        if (links > max_links)
            throw error_at(extends.place, cat("service ", quoted(name), " stands on more than ", max_links, " others by extends"));
    }

    void require_base(const Scope& scope, const std::string& base, const std::string& name, const Place& place) const
    {
        if (scope.services.find(base) != nullptr)
            return;
        Error error = error_at(place, cat("cannot extend service ", quoted(name), ": service ", quoted(base), " not found in ", reader_.shown(scope.file)));
        std::vector<std::string> names;
        for (const Node::Entry& entry : scope.services.entries)
            names.push_back(entry.key);
        if (const auto near = text::find_nearest(base, names))
            error.add_hint(cat("did you mean ", quoted(*near), "?"));
        throw error;
    }

    Node put_together(Node base, Node service, const Place& place)
    {
        reader_.document().budget.take(size_of(base), place);
        base.erase("extends");
        service.erase("extends");
        static constexpr Key service_key{"service", Form::Table, &service_table};
        const Node::Command command = service.command;
        service.command = Node::Command::None;
        merge(base, std::move(service), service_key);
        base.command = command;
        return base;
    }

    const OtherFile& other_file(const std::string& path, const Part& part, const Place& place)
    {
        if (const auto known = files_.find(path); known != files_.end())
            return known->second;
        if (!reader_.exists(path))
            throw error_at(place, cat("cannot extend: open ", path, ": no such file or directory"));
        OtherFile other{Node::make_map(), {directory_of(path), part.variables}};
        for (Node& document : reader_.read(path, other.part))
            merge(other.model, std::move(document));
        return files_.emplace(path, std::move(other)).first->second;
    }

    FileReader& reader_;
    std::map<std::pair<const Node*, std::string>, Extended> made_; ///< by where it is listed, and its name: each is made once
    std::map<std::string, OtherFile> files_;                       ///< by path
    std::vector<std::string> chain_;
};

} // namespace

void extend_services(Node& document, const std::string& file, const Part& part, FileReader& reader)
{
    if (Node* services = document.find("services"); services != nullptr)
        Extender{reader}.extend(*services, file, part);
}

} // namespace skiff::compose
