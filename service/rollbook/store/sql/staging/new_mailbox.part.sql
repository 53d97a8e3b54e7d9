-- Whether the new e-mail n is another text than the stored one u. Only the case of ASCII letters in
-- the domain does not count; in the collation "C" `lower` changes no other letter.
(
    split_part(n.email, '@', 1) <> split_part(u.email, '@', 1)
    or lower(split_part(n.email, '@', 2) collate "C")
        <> lower(split_part(u.email, '@', 2) collate "C")
)
