"""The web console: pages for people, as forms that work without JavaScript.

Each page is drawn from what the gRPC service answers to the session that the cookie names. This
room keeps nothing and decides nothing: rights, rules and limits are the service's.

visit          one request: who asks, in which directory, and what they may
sign_in        sessions: signed in by a token, a password or a one-time code, and out again
pages          templates, security headers, and refusals as pages
labels         what pages call the names of the contract; `words`: what they say of its options
forms          small forms, read within limits
upload, rows   a file looked at, and the rows of an import; `again` and `fix`: those sent anew
running        imports that go on while nobody waits
users, user    users found and invited; one user, with what can be done; `user_fields`: their inputs
home           directories listed, and made
days           days that people type, in their own zone
directory      its settings; `names`: roles, locations, units; `notices`: what is sent again
"""
