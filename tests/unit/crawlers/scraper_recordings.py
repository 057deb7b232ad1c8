"""What each of the recorded answers of HikerAPI is, `v1_` flattened and `v2_` raw: the kinds that it is read as, all others refuse it.

The entries of lists of accounts look alike: a bare list of the flattened form is taken for any of them. An empty list is a page of anything.
"""

from __future__ import annotations

from upbeat.records import PayloadKind as K

_ACCOUNTS = (K.FOLLOWERS, K.FOLLOWING, K.LIKERS, K.SIMILAR, K.SEARCH)
_READ_AS: dict[tuple[K, ...], str] = {
    (): """
        v1_location_search v1_media_code_from_pk v1_media_insight v1_media_oembed v1_media_pk_from_code
        v1_media_pk_from_url v1_media_user v1_search_music v1_share_by_code v1_user_about
        v2_media_comment_offensive v2_search_music
    """,
    (K.COMMENTS,): """
        v1_media_comments_chunk v2_media_comments v2_media_comments_replies
    """,
    (K.FOLLOWERS, K.FOLLOWING): """
        v1_user_followers_chunk v1_user_following_chunk
    """,
    _ACCOUNTS: """
        v1_media_likers v1_search_users v1_user_search_followers v1_user_search_following
    """,
    (K.FOLLOWERS,): """
        v2_user_followers
    """,
    (K.FOLLOWING,): """
        v2_user_following
    """,
    (K.HASHTAG,): """
        v1_hashtag_by_name v1_search_hashtags v2_hashtag_by_name v2_search_hashtags
    """,
    (K.HIGHLIGHTS,): """
        v1_user_highlights v1_user_highlights_by_username v2_user_highlights v2_user_highlights_by_username
    """,
    (K.HIGHLIGHT_ITEMS,): """
        v1_highlight_by_url v2_highlight_by_id
    """,
    (K.LIKERS,): """
        v2_media_likers
    """,
    (K.LOCATION,): """
        v1_fbsearch_places v1_location_by_id v2_fbsearch_places
    """,
    (K.POST,): """
        v1_media_by_code v1_media_by_id v1_media_by_url v2_media_info_by_code v2_media_info_by_id
        v2_media_info_by_url
    """,
    (K.POSTS, K.COMMENTS, *_ACCOUNTS, K.STORIES, K.HIGHLIGHTS): """
        v1_fbsearch_topsearch_hashtags
    """,
    (K.POSTS, K.POST): """
        v2_media_template
    """,
    (K.POSTS, K.SEARCH): """
        v2_fbsearch_topsearch
    """,
    (K.POSTS,): """
        v1_hashtag_medias_clips_chunk v1_hashtag_medias_top_chunk v1_hashtag_medias_top_recent_chunk
        v1_location_medias_recent v1_location_medias_recent_chunk v1_location_medias_top
        v1_location_medias_top_chunk v1_user_clips_chunk v1_user_medias_chunk v1_user_medias_pinned
        v1_user_tag_medias_chunk v2_fbsearch_reels v2_hashtag_medias_recent v2_hashtag_medias_top
        v2_track_by_canonical_id v2_track_by_id v2_track_stream_by_id v2_user_clips v2_user_tag_medias
    """,
    (K.PROFILE,): """
        v1_user_by_id v1_user_by_url v1_user_by_username v2_user_by_id v2_user_by_username v2_userstream_by_id
        v2_userstream_by_username
    """,
    (K.SEARCH,): """
        v2_fbsearch_accounts
    """,
    (K.SIMILAR, K.SEARCH): """
        v2_user_explore_businesses_by_id
    """,
    (K.SIMILAR,): """
        v2_user_suggested_profiles
    """,
    (K.STORIES,): """
        v1_user_stories v1_user_stories_by_username v2_user_stories v2_user_stories_by_username
    """,
}
READ_AS: dict[str, tuple[K, ...]] = {
    name: kinds for kinds, names in sorted(_READ_AS.items()) for name in names.split()
}
"""Kinds by the recording's name."""
