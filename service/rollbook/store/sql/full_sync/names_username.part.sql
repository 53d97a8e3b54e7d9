-- Whether the row n means its username key: it gives one, or its user u would get it with the e-mail.
(
    n.gives_username or u.id is null
    or (n.may_follow and (u.username_key = u.email_key or u.username = u.email))
)
