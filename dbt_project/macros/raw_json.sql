{% macro texts_of(json, lower=false) -%}
    {#- The texts of a JSON array, blank ones left out, each once; what is no array holds none. -#}
    arrayDistinct(arrayFilter(
        text -> text != '',
        arrayMap(
            text -> {{ 'lowerUTF8(trimBoth(text))' if lower else 'trimBoth(text)' }},
            JSONExtract(ifNull({{ json }}, ''), 'Array(String)')
        )
    ))
{%- endmacro %}
