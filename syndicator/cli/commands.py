"""All commands: where each is, and its line in the help of the program."""

from __future__ import annotations

from collections.abc import Mapping

from syndicator.cli.group import LazyCommand

COMMANDS: Mapping[str, LazyCommand] = {
    name: LazyCommand(f"syndicator.cli.{target}", summary)
    for name, target, summary in (
        ("add", "lists:add", "Find what a site offers, and write its outlet file."),
        ("alerts", "alerts:alerts", "Show what is wrong; acknowledge, mute, confirm."),
        ("backup", "backup:backup", "Write everything that cannot be made again into one file."),
        ("check", "check:check", "Validate the configuration."),
        ("cluster", "cluster:cluster_command", "Say which stories of an archive are copies, updates, one event."),
        ("confirm", "mirrors:confirm", "Confirm that an endpoint is lost to its outlet."),
        ("demo", "run:demo", "Run the daemon on the bundled newsroom."),
        ("doctor", "doctor:doctor", "Look for what usually goes wrong, and say what to do."),
        ("explain", "explain:explain", "Say how a story is known, and why it is in which feeds."),
        ("export", "lists:export_list", "Write all sources as an OPML list."),
        ("import", "lists:import_lists", "Write outlet files for the feeds of OPML lists."),
        ("migrate", "migrate:migrate", "Bring the store to this version of the program."),
        ("mirrors", "mirrors:mirrors", "Show, find, accept or dismiss other addresses of outlets."),
        ("move-store", "move_store:move_store_command", "Move the store to another database."),
        ("poll", "run:poll", "Poll once, then publish."),
        ("preview", "preview:preview_command", "Show what a filter holds, before it is a feed."),
        ("release", "mirrors:release", "Release an endpoint from quarantine."),
        ("replay", "run:replay_captures", "Play captured feed files through the whole flow."),
        ("restore", "backup:restore", "Put what backup wrote in place."),
        ("run", "run:run", "Serve and poll until told to stop."),
        ("status", "status:status", "Show outlets, the health of their endpoints, and feeds."),
        ("tag", "tag:tag_command", "Show which places a text names, and in what roles."),
        ("token", "token:token", "Make, list or revoke tokens for private feeds."),
        ("version", "version:version", "Show the version."),
    )
}
