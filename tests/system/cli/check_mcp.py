#!/usr/bin/env python3
"""Has the official client of the Model Context Protocol talk to `metaxy mcp`.

    check_mcp.py --program build/release/bin/metaxy --packages ~/.cache/metaxy/venv/mcp

`tools/setup.sh tests` installs the client into a folder of its own, as mcp_requirements.txt pins it: beside the environment
of the tests, whose packages it must not change. Where it is not there, this says so and ends with exit code 77.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
SKIPPED = 77
TOOLS = ["get_config", "get_feature", "get_metadata", "get_store", "list_features", "list_stores"]


def is_installed(packages):
    installed = packages / "installed.txt"
    return installed.exists() and installed.read_text() == (HERE / "mcp_requirements.txt").read_text()


def expect(found, wanted, what):
    if found != wanted:
        raise AssertionError(f"{what}: {found!r} instead of {wanted!r}")


async def value(session, tool, **arguments):
    """The result of a tool; the text and the structured form must agree."""
    result = await session.call_tool(tool, arguments)
    answer = result.model_dump(by_alias=True)
    if answer["isError"]:
        raise AssertionError(f"{tool}: {answer['content']}")
    structured = answer["structuredContent"]
    text = answer["content"][0]["text"]
    if list(structured) == ["result"]:
        structured = structured["result"]
    expect(text if isinstance(structured, str) else json.loads(text), structured, f"text of {tool}")
    return structured


async def failure(session, tool, **arguments):
    answer = (await session.call_tool(tool, arguments)).model_dump(by_alias=True)
    expect(answer["isError"], True, f"{tool} with {arguments}")
    return answer["content"][0]["text"]


async def check(program, project, has_store):
    from mcp import ClientSession, StdioServerParameters
    from mcp.client.stdio import stdio_client

    server = StdioServerParameters(command=program, args=["mcp"], cwd=project)
    async with stdio_client(server) as (reader, writer), ClientSession(reader, writer) as session:
        await session.initialize()
        tools = (await session.list_tools()).model_dump(by_alias=True)["tools"]
        expect(sorted(tool["name"] for tool in tools), TOOLS, "tools")

        config = await value(session, "get_config")
        expect(config["project"], "films", "project")
        expect(config["config_file"], str(project / "metaxy.toml"), "config_file")
        listed = await value(session, "list_features", verbose=True)
        expect(listed["feature_count"], 2, "feature_count")
        transcript = listed["features"][1]
        expect(transcript["key"], "example/transcript", "key")
        expect(transcript["fields"][0]["deps"], [{"feature": "example/video", "fields": ["audio"]}], "deps of a field")
        expect(transcript["deps"], ["example/video"], "deps")
        expect((await value(session, "list_features", project="other"))["feature_count"], 0, "features of no project")
        spec = await value(session, "get_feature", feature_key="example/video")
        expect(spec["id_columns"], ["video_id"], "id_columns")
        expect(
            await value(session, "list_stores"),
            [{"name": "dev", "type": "metaxy.ext.lancedb.LanceDBMetadataStore"}],
            "stores",
        )

        for words, tool, arguments in [
            ("did you mean", "get_feature", {"feature_key": "example/vide"}),
            ("'feature_key' is missing", "get_feature", {}),
            ("there is no store 'prod'", "get_store", {"store_name": "prod"}),
            ("'limit' cannot be", "get_metadata", {"feature_key": "example/video", "store_name": "dev", "limit": -1}),
        ]:
            text = await failure(session, tool, **arguments)
            if words not in text:
                raise AssertionError(f"{tool}: {text!r} does not say {words!r}")
        if has_store:
            await check_rows(session)

        # Changes of files take effect immediately.
        (project / "features.toml").write_text('[[feature]]\nkey = "only"\nid_columns = ["id"]\n')
        expect((await value(session, "list_features"))["features"][0]["key"], "only", "key after a change")


async def check_rows(session):
    where = {"feature_key": "example/video", "store_name": "dev"}
    rows = await value(
        session, "get_metadata", **where, columns=["video_id", "path"], sort_by=["video_id"], descending=True
    )
    expect(
        rows,
        {
            "columns": ["video_id", "path"],
            "rows": [{"video_id": "v2", "path": "v2.mp4"}, {"video_id": "v1", "path": "v1.mp4"}],
            "total_rows": 2,
        },
        "rows",
    )
    rows = await value(session, "get_metadata", **where, filters=["video_id = 'v1'"])
    expect(
        (rows["total_rows"], rows["rows"][0]["metaxy_provenance_by_field"]),
        (1, {"audio": "a1", "frames": "f1"}),
        "filtered rows",
    )
    expect((await value(session, "get_metadata", **where, limit=1))["total_rows"], 1, "limited rows")
    if "LanceDB" not in await value(session, "get_store", store_name="dev"):
        raise AssertionError("get_store does not name LanceDB")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--packages", type=Path, required=True)
    parser.add_argument("--no-store", action="store_true", help="the program is built without LanceDB")
    arguments = parser.parse_args()
    if not is_installed(arguments.packages):
        print(
            f"skipped: {arguments.packages} has not the client of tests/system/cli/mcp_requirements.txt; tools/setup.sh tests installs it"
        )
        return SKIPPED
    sys.path.insert(0, str(arguments.packages))
    program = str(Path(arguments.program).resolve())
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder).resolve()
        subprocess.run([program, "init", "--name", "films"], cwd=project, check=True, stdout=subprocess.DEVNULL)
        if not arguments.no_store:
            command = [program, "metadata", "write", "example/video", "--from", "videos.jsonl"]
            subprocess.run(command, cwd=project, check=True, stderr=subprocess.DEVNULL)
        asyncio.run(asyncio.wait_for(check(program, project, not arguments.no_store), 120))
    print("1 passed, 0 failed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
