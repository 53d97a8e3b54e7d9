-- Takes the role that owns nothing, until the transaction ends.
set local role rollbook_app
