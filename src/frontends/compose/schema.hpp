#pragma once

#include <span>
#include <string_view>
#include <vector>

/// Which keys there are, what their values look like, and so how they are checked, brought to their long form and merged: one table
/// per mapping. Source: the Compose Specification.
namespace skiff::compose {

enum class Form
{
    Text,
    Number,   ///< a whole one
    Real,
    Bool,
    Duration,
    Bytes,
    Words,    ///< a command: a list, or a text that is split as a shell does; replaced as a whole
    Test,     ///< of a health check: a list, or a line for the shell
    Texts,    ///< a text or a list of them; appended
    List,     ///< of texts; appended
    Pairs,    ///< a list of K=V, or a mapping; merged by K
    Hosts,    ///< a list of host=ip or host:ip, or a mapping; merged by host
    Table,    ///< a mapping with the keys of `table`
    Named,    ///< a mapping from names to mappings with the keys of `table`, or a list of names
    Records,  ///< a list of mappings with the keys of `table`, or of texts in a short form; unique by their identity
    External, ///< a boolean, or a mapping with a name
    Any,
};

/// What a text in place of a mapping means, and what makes records equal.
enum class Short
{
    None,
    Build,     ///< the context
    Extends,   ///< the service
    Include,   ///< the path
    EnvFile,   ///< the path
    Port,
    Volume,
    Device,
    FileRef,   ///< of a secret or config: its name
    DependsOn, ///< in a list: condition service_started
    Gpus,      ///< "all"
    Limit,     ///< of ulimits: a number stays one
    Hook,
    Subnet,
    Rule,
};

struct Table;

struct Key
{
    std::string_view name;
    Form form = Form::Any;
    const Table* table = nullptr;
    Short shorthand = Short::None;
    bool is_path = false;          ///< relative ones stand for the directory of their file
    std::string_view ignored = {}; ///< not empty: accepted with a warning that gives this reason
    std::string_view refused = {}; ///< not empty: an error with this reason
};

struct Table
{
    std::string_view name; ///< of what its keys describe: "service"
    std::span<const Key> keys;
};

const Key* find_key(const Table& table, std::string_view name);
std::vector<std::string_view> list_keys(const Table& table);

extern const Table top_table;
extern const Table service_table;
extern const Table build_table;
/// The keys of the top table that name tables: "services", "networks" ...
const Key& top_key(std::string_view name);

/// For misplaced keys: a table that knows `name`, with the words that lead to it ("under build:"); empty when there is none.
std::string_view find_home(std::string_view name);

} // namespace skiff::compose
