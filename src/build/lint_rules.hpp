#pragma once

#include "build/lint.hpp"

/// The rules one by one; lint.cpp has their table.
namespace skiff::build::rules {

using Findings = std::vector<Finding>;

void consistent_instruction_casing(const LintInput& input, Findings& findings);
void copy_ignored_file(const LintInput& input, Findings& findings);
void duplicate_stage_name(const LintInput& input, Findings& findings);
void expose_invalid_format(const LintInput& input, Findings& findings);
void expose_proto_casing(const LintInput& input, Findings& findings);
void from_as_casing(const LintInput& input, Findings& findings);
void from_platform_constant(const LintInput& input, Findings& findings);
void invalid_default_arg_in_from(const LintInput& input, Findings& findings);
void invalid_definition_description(const LintInput& input, Findings& findings);
void json_args_recommended(const LintInput& input, Findings& findings);
void legacy_key_value_format(const LintInput& input, Findings& findings);
void maintainer_deprecated(const LintInput& input, Findings& findings);
void multiple_instructions(const LintInput& input, Findings& findings);
void no_empty_continuation(const LintInput& input, Findings& findings);
void redundant_target_platform(const LintInput& input, Findings& findings);
void reserved_stage_name(const LintInput& input, Findings& findings);
void secrets_in_arg_or_env(const LintInput& input, Findings& findings);
void stage_name_casing(const LintInput& input, Findings& findings);
void undefined_arg_in_from(const LintInput& input, Findings& findings);
void undefined_var(const LintInput& input, Findings& findings);
void workdir_relative_path(const LintInput& input, Findings& findings);

void add_instead_of_copy(const LintInput& input, Findings& findings);
void base_image_without_version(const LintInput& input, Findings& findings);
void copy_before_install(const LintInput& input, Findings& findings);
void copy_of_secret_file(const LintInput& input, Findings& findings);
void many_run_instructions(const LintInput& input, Findings& findings);
void missing_health_check(const LintInput& input, Findings& findings);
void package_cache_in_layer(const LintInput& input, Findings& findings);
void runs_as_root(const LintInput& input, Findings& findings);
void separate_package_update(const LintInput& input, Findings& findings);
void single_quoted_json(const LintInput& input, Findings& findings);
void sudo_in_run(const LintInput& input, Findings& findings);

/// Calls `visit(stage, instruction, body)` for every instruction with a body of type Body.
template <typename Body, typename Visit>
void for_each(const Containerfile& file, Visit&& visit)
{
    for (const Stage& stage : file.stages)
        for (const Instruction& instruction : stage.instructions)
            if (const auto* body = std::get_if<Body>(&instruction.body))
                visit(stage, instruction, *body);
}

/// A finding whose rule and level the table fills in.
inline Finding finding(const Place& place, std::string message, std::string fix)
{
    return {{}, FindingLevel::Warning, place, std::move(message), std::move(fix)};
}

} // namespace skiff::build::rules
