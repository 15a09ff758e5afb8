"""The door for bedside monitors, and the command that replays a file of one."""
