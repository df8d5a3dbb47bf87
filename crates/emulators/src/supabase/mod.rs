//! Supabase's gateway: its key rules and error shapes before a real PostgREST.
