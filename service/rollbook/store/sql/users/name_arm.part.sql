-- By which of its names a text means the user u, the first of them; each has an index, in the order
-- of which such users are listed. NULL: it means another.
-- $16 to $20 beginnings: number, e-mail and username, any name, first name, last name (NULL: none).
-- Asked as ranges, for under the fence an index is not asked by `like`; no text has a character
-- behind the last one of Unicode.
case
    when u.number_key >= $16 and u.number_key < $16 || chr(1114111)
        then 1
    when u.email_key >= $17 and u.email_key < $17 || chr(1114111)
        then 2
    when u.username_key >= $17 and u.username_key < $17 || chr(1114111)
        then 3
    when u.first_name_lower <> ''
        and u.first_name_lower >= lower($18) and u.first_name_lower < lower($18) || chr(1114111)
        then 4
    when u.last_name_lower <> ''
        and u.last_name_lower >= lower($18) and u.last_name_lower < lower($18) || chr(1114111)
        then 5
    when u.name_lower <> ''
        and u.name_lower >= lower($18) and u.name_lower < lower($18) || chr(1114111)
        then 6
    when u.last_name_lower >= lower($20) and u.last_name_lower < lower($20) || chr(1114111)
        and u.first_name_lower >= lower($19) and u.first_name_lower < lower($19) || chr(1114111)
        then 7
end
