-- A directory's seats, how many are taken, its safeguards, the role that new users get, the events
-- that become notices, and its privileged roles. Read during the directory's turn.
{{directories/room}}
