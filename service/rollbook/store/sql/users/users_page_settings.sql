-- Lets a page that is looked for by a text use bitmaps, which a batch's transaction switches off:
-- a beginning of a name matches a range of an index, and without bitmaps the table would be read.
select set_config('enable_bitmapscan', 'on', true)
