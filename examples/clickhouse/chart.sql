-- From events to a chart: the records made in each stretch of time, and which of them are left.
WITH
    events AS (
        SELECT
            JSONExtractString(json, 'id') AS id,
            -- An id is DID/REV/COLLECTION/RKEY: without REV it names the record.
            arrayStringConcat(arrayConcat([splitByChar('/', id)[1]], arraySlice(splitByChar('/', id), 3)), '/') AS record,
            JSONExtractString(json, 'type') AS type,
            JSONExtractString(json, 'action') AS action,
            JSONExtractString(json, 'rev') AS rev,
            parseDateTimeBestEffortOrNull(JSONExtractString(json, 'time'), 'UTC') AS time
        FROM file('-', 'JSONAsString')
        -- Other events, such as those about accounts, have no action.
        WHERE action IN ('create', 'update', 'delete')
    ),
    -- One row for each record, however often its events came. Its latest event is the one with the greatest rev.
    records AS (
        SELECT
            minIf(time, action != 'delete') AS made,
            argMax(action, rev) = 'delete' AS is_deleted,
            anyIf(type, action != 'delete') AS type
        FROM events
        GROUP BY record
        -- A delete of what was made before the first event has nothing to take off.
        HAVING made IS NOT NULL
    ),
    -- The shortest step that fits the whole time into 20 rows. A window finds it, as a pipe is read only once.
    timed AS (
        SELECT
            *,
            arrayFirst(
                step -> step * 20 >= dateDiff('second', min(made) OVER (), max(made) OVER ()) OR step = 604800,
                [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 86400, 604800]
            ) AS step
        FROM records
    )
SELECT
    toDateTime(intDiv(toUnixTimestamp(made), step) * step, 'UTC') AS `from (UTC)`,
    countIf(type = 'Bluesky.Feed.Post' AND NOT is_deleted) AS posts,
    countIf(type = 'Bluesky.Feed.Like' AND NOT is_deleted) AS likes,
    countIf(NOT is_deleted) - posts - likes AS others,
    countIf(is_deleted) AS deleted,
    concat(
        bar(posts + likes + others, 0, max(count()) OVER (), 40),
        repeat('░', toUInt32(round(deleted * 40 / max(count()) OVER ())))
    ) AS `records left, and ░ deleted since`
FROM timed
GROUP BY `from (UTC)`
ORDER BY `from (UTC)`
SETTINGS output_format_pretty_row_numbers = 0
