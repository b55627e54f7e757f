-- For the look at hops alone: its rows are gathered first, the planner cannot know how many, and a nested loop over what it
-- takes for few would be without end.
--   $1 text: off before, on behind it
SELECT set_config('enable_nestloop', $1, true);
