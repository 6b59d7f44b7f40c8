DROP VIEW launch_figure_inputs;
