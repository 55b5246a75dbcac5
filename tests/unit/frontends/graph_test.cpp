#include "support.hpp"

#include "frontends/compose/graph.hpp"

namespace skiff::compose {
namespace {

const std::string shop = "services:\n"
                         "  web:\n    image: nginx<1>\n    ports: ['8080:80', '127.0.0.1:53:53/udp']\n    depends_on: [db]\n    links: [cache]\n"
                         "  cache: {image: redis, network_mode: none}\n"
                         "  db: {image: postgres}\n";

TEST(Graph, HasANodeForEachServiceAndAnArrowForEachDependency)
{
    EXPECT_EQ(make_graph(load(SmallWorld{shop}), {}), "digraph \"shop\" {\n"
                                                      "\tlayout=dot;\n"
                                                      "\t\"cache\" [style=\"filled\" label=<<font point-size=\"15\">cache</font>>];\n"
                                                      "\t\"db\" [style=\"filled\" label=<<font point-size=\"15\">db</font>>];\n"
                                                      "\t\"web\" [style=\"filled\" label=<<font point-size=\"15\">web</font>>];\n"
                                                      "\t\"web\" -> {\"db\" \"cache\"};\n"
                                                      "}\n");
}

TEST(Graph, ShowsWhatIsAskedFor)
{
    GraphOptions options;
    options.images = options.networks = options.ports = true;
    options.indentation = "  ";
    const std::string graph = make_graph(load(SmallWorld{shop}), options);
    EXPECT_THAT(graph, testing::HasSubstr("\n  \"web\" [style=\"filled\" label=<<font point-size=\"15\">web</font><font point-size=\"10\">"
                                          "<br/><br/><b>Networks:</b><br/>default"
                                          "<br/><br/><b>Ports:</b><br/>8080:80<br/>127.0.0.1:53:53/udp"
                                          "<br/><br/><b>Image:</b><br/>nginx&lt;1&gt;</font>>];\n"));
    EXPECT_THAT(graph, testing::HasSubstr("\"cache\" [style=\"filled\" label=<<font point-size=\"15\">cache</font><font point-size=\"10\"><br/><br/><b>Image:</b>"));
}

} // namespace
} // namespace skiff::compose
