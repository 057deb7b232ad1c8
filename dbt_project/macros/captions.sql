{# What a caption names. Lower case, without # or @, each once, in the order of the text; a caption without any, or none: empty. #}

{% macro caption_hashtags(caption) -%}
    {#- Letters and marks of every script, digits and _; the accents of one letter are composed first, so that one word is one hashtag.
        Digits alone are none (the platforms do not link `#1`), nor is the fragment of an address. -#}
    arrayDistinct(
        arrayFilter(
            hashtag -> match(hashtag, '[^0-9_]'),
            extractAll(
                lowerUTF8(normalizeUTF8NFC(replaceRegexpAll(ifNull({{ caption }}, ''), '[a-zA-Z]+://\\S+', ' '))),
                '[#＃]([\\p{L}\\p{M}\\p{N}_]+)'
            )
        )
    )
{%- endmacro %}

{% macro caption_mentions(caption, letters='a-z0-9_', inside='.') -%}
    {#- `letters` stand in a handle anywhere, `inside` not at its ends: a full stop behind a handle ends the sentence. What follows a letter
        or digit is an address of mail. -#}
    arrayDistinct(
        extractAll(
            lowerUTF8(ifNull({{ caption }}, '')),
            '(?:^|[^\\p{L}\\p{M}\\p{N}_.@/])@([{{ letters }}](?:[{{ letters }}{{ inside }}]*[{{ letters }}])?)'
        )
    )
{%- endmacro %}

{% macro hashtags_on_platform() -%}
    {#- How many posts the platform counts of a hashtag. A source may tell one hashtag in two spellings; a caption's are lower case. -#}
    (
        select
            t.platform as platform,
            lowerUTF8(t.name) as hashtag,
            argMax(t.media_count, (t.observed_at, t.name)) as media_count
        from {{ ref('stg_beat_instagram_hashtag') }} as t
        group by
            t.platform,
            lowerUTF8(t.name)
    )
{%- endmacro %}

{% macro disclosing_hashtags() -%}
    {#- By which creators say that a post is paid for: the labels of the advertising standards of India (ASCI), the US (FTC) and the UK (ASA), with
        their usual spellings, and their German, Spanish and French words. Not `collab` or `gifted`: they are more often no advertising than
        advertising. -#}
    [
        'ad', 'ads', 'advert', 'advertisement', 'advertising', 'sponsored', 'sponsoredpost', 'sponsoredcontent', 'sponsoredvideo', 'paidpartnership',
        'paidpartner', 'paidpromotion', 'paidpost', 'paidad', 'paidcollaboration', 'partnership', 'collaboration', 'freegift', 'brandpartner',
        'anzeige', 'werbung', 'publicidad', 'patrocinado', 'publicité', 'sponsorisé', 'partenariatrémunéré'
    ]
{%- endmacro %}
