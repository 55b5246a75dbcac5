#include "frontends/compose/file_reader.hpp"

#include "frontends/compose/canonical.hpp"
#include "frontends/compose/paths.hpp"
#include "frontends/compose/yaml_reader.hpp"

#include <algorithm>

namespace skiff::compose {

FileReader::FileReader(const World& world, const LoadRequest& request, Document& document)
    : world_{world}, request_{request}, document_{document}
{
}

std::vector<Node> FileReader::read(const std::string& file, const Part& part)
{
    const auto text = world_.find_file(file);
    if (!text)
        throw Error{ErrorKind::NotFound, cat("open ", file, ": no such file or directory")};
    const CanonicalOptions options{request_.resolve_paths ? part.directory : std::string{}, find_variable(world_.environment, "HOME"),
                                   &document_.key_warnings};
    std::vector<Node> documents = read_yaml(*text, shown(file));
    std::erase_if(documents, [](const Node& document) { return document.is_null(); });
    for (Node& document : documents) {
        interpolate_values(document, part);
        document = make_canonical(document, options);
    }
    return documents;
}

bool FileReader::exists(const std::string& path) const { return world_.exists(path); }

std::string FileReader::read_env_file(const std::string& path, const Place& place) const
{
    const auto text = world_.find_file(path);
    if (!text)
        throw error_at(place, cat("env file ", path, " not found"));
    return *text;
}

std::string FileReader::resolve(const std::string& path, const std::string& directory) const
{
    return resolve_path(path, directory, find_variable(world_.environment, "HOME"));
}

std::string FileReader::shown(const std::string& file) const
{
    const std::string prefix = world_.directory + "/";
    return file == "-" ? "(standard input)" : !world_.directory.empty() && file.starts_with(prefix) ? file.substr(prefix.size()) : file;
}

void FileReader::finish_warnings()
{
    for (const std::string& name : unset_)
        document_.warnings.push_back(unset_warning(name));
    std::vector<std::string> once;
    for (std::string& warning : document_.warnings)
        if (std::find(once.begin(), once.end(), warning) == once.end())
            once.push_back(std::move(warning));
    document_.warnings = std::move(once);
}

void FileReader::interpolate_values(Node& document, const Part& part)
{
    note_variables(document);
    if (!request_.interpolate)
        return;
    interpolate(document, counted(lookup_in(part.variables), document_.budget), [&](const std::string& name) { unset_.insert(name); });
}

void FileReader::note_variables(const Node& node)
{
    if (node.is_text() && node.text.find('$') != std::string::npos)
        try {
            for (Variable& variable : list_variables(node.text))
                document_.used.push_back(std::move(variable));
        } catch (const Error&) { // interpolating it will say so
        }
    for (const Node& item : node.items)
        note_variables(item);
    for (const Node::Entry& entry : node.entries)
        note_variables(entry.value);
}

} // namespace skiff::compose
